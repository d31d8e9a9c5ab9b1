const even = require('is-even')
const React = require('react')
const tool = require('./lib/tool')
const self = require('@w/kit/deep/tool')

module.exports = { even, React, tool, self }
