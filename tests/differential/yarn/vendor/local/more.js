module.exports = require('loose-envify')
