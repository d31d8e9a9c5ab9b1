export const palette = 'esm';
