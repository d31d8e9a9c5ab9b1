import fs from 'node:fs'
import path from 'path'
import zip from 'lodash.zip'
import odd from 'odd'
import { useState } from 'react'
import { jsx } from 'react/jsx-runtime'
import ReactDom from 'react-dom'
import { createRoot } from 'react-dom/client'
import { Provider } from 'react-redux'
import styled from 'styled-components'
import { useSyncExternalStore } from 'use-sync-external-store/shim/index.js'
import { h } from 'preact'
import { useEffect } from 'preact/hooks'
import { map } from 'rxjs/operators'
import { of } from 'rxjs'
import { v4 } from 'uuid'
import Decimal from 'decimal.js'
import resolve from 'resolve'
import kit from '@w/kit'
import sameKit from '#kit'
import deep from '@w/kit/deep/tool'
import own from '#own/other'
import other from './other.js'
import old from '../../../legacy/old.cjs'

export default [
  fs, path, zip, odd, useState, jsx, ReactDom, createRoot, Provider, styled, useSyncExternalStore, h, useEffect,
  map, of, v4, Decimal, resolve, kit, sameKit, deep, own, other, old,
]
