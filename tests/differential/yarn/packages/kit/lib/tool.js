module.exports = require('react/package.json').version
