export const Button = "any";
