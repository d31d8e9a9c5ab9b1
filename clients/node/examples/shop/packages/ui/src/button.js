import { palette } from 'palette';

export const Button = `button in ${palette}`;
