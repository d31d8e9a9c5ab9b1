const messages: string[] = [];
export default messages;
