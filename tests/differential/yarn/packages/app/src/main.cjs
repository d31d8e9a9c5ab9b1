const kit = require('@w/kit')
const local = require('local')
const redux = require('react-redux')
const React = require('react')
const styled = require('styled-components')
const zip = require('lodash.zip')
const odd = require('odd/package.json')
const { v4 } = require('uuid')
const rxjs = require('rxjs/ajax')
const preact = require('preact/debug')
const resolve = require('resolve/sync')
const api = require('pnpapi')

module.exports = { kit, local, redux, React, styled, zip, odd, v4, rxjs, preact, resolve, api }
