exports.pool = 'pool';
