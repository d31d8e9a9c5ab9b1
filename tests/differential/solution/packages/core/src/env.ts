export const env = "server";
