export declare const virtual: string;
