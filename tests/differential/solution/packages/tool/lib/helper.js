exports.helper = "helper";
