export default 'server';
