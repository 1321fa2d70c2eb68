/** The header by which a test asks a gateway to die. */
export const DIES_BEFORE_ANSWER = 'x-die-before-answer';
