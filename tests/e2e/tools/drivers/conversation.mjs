// What the drivers share: a tool's configuration with our adapter, with another deadline, or without; and outcomes out as JSON lines.
// usage: node TOOL.mjs adapter|native once|watch [DEADLINE]     (in the project's directory)
//
// A driver prints its outcome when a build is done. Watching, it prints one for each build, until its input ends.
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import { join } from 'node:path'

export const [, , with_, when, deadline] = process.argv
export const isAdapter = with_ === 'adapter'
export const isWatching = when === 'watch'
export const adapterOptions = deadline ? { deadline: Number(deadline), autostart: false } : {}

/** A module as the project's own configuration sees it. */
export const fromProject = async (name) => import(pathToFileURL(name.startsWith('.') ? join(process.cwd(), name) : createRequire(join(process.cwd(), 'package.json')).resolve(name)))

export const print = (outcome) => process.stdout.write(`${JSON.stringify(outcome)}\n`)

/** Wait until the test ends the input. */
export const ended = () => new Promise((settle) => process.stdin.resume().on('end', settle))
