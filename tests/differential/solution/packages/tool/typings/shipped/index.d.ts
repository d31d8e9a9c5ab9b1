export declare const global: string;
