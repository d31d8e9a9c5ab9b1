module.exports = require('./older')
