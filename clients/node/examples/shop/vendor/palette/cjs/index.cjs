exports.palette = 'cjs';
