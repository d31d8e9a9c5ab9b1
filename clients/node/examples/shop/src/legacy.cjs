module.exports = require('palette');
