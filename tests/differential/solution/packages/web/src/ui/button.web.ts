export const Button = "web";
