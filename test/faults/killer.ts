/** The customer whose orders kill the process that handles them. */
export const KILLER = 'killer';
