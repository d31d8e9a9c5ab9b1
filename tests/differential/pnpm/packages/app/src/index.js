import fs from 'node:fs'
import odd from 'odd'
import { useState } from 'react'
import { jsx } from 'react/jsx-runtime'
import { createRoot } from 'react-dom/client'
import { Provider } from 'react-redux'
import styled from 'styled-components'
import { useEffect } from 'preact/hooks'
import { map } from 'rxjs/operators'
import { v4 } from 'uuid'
import Decimal from 'decimal.js'
import kit from '@w/kit'
import sameKit from '#kit'
import deep from '@w/kit/deep/tool'

export default [fs, odd, useState, jsx, createRoot, Provider, styled, useEffect, map, v4, Decimal, kit, sameKit, deep]
export const main = import('./main.cjs')
