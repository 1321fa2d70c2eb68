import { proveTransport } from '../kit/prove-transport.js';
import { memorySubject } from './subject.js';

proveTransport({
  ...memorySubject(),
  skips: { 'durable storage': ['18'] },
});
