import shout = require("./shout/index.cjs");
export const legacy = shout.shout("legacy");
