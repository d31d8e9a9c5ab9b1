module.exports = require('./more')
