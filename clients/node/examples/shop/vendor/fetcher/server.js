exports.fetchAll = require('./pool.js').pool;
