console.log('two');
export const two = 2;
