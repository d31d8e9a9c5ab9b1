exports.fetchAll = ['browser', require('./pool.js').pool];
