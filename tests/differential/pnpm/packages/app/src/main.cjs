const kit = require('@w/kit')
const redux = require('react-redux')
const React = require('react')
const dom = require('react-dom/server')
const styled = require('styled-components')
const odd = require('odd/package.json')
const rxjs = require('rxjs/ajax')
const preact = require('preact/debug')

module.exports = { kit, redux, React, dom, styled, odd, rxjs, preact }
