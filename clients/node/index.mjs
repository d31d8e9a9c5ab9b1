import resolverd from './index.cjs';

export const { Client, EnforceExtension, FileSystemRouter, ModuleType, ResolverFactory, ResolverdError, SyncClient, connect, connectSync, sync } = resolverd;
export default resolverd;
