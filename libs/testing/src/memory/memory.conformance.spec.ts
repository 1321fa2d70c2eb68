import { proveTransport } from '../kit/prove-transport.js';
import { memorySubject } from './subject.js';

proveTransport({
  ...memorySubject(),
  skips: {
    'durable storage': ['18'],
    'fault crash': ['2b'],
    'fault unbind': ['6'],
    'fault lockOut': ['43'],
    'fault fillDisk': ['44'],
  },
});
