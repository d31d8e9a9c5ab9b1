console.log('one');
export const one = 1;
