import { proveTransport } from '#testing';
import { create } from './conformance-subject.js';

proveTransport({
  name: 'in-process',
  guarantees: {
    durability: 'disk',
    ordering: 'per-gateway',
    messageBytesMax: 4 * 1024 * 1024,
    publishers: 'one',
    consumers: 'one',
  },
  create,
  processModule: import.meta.resolve('./conformance-subject.js'),
  bounded: true,
  documented: true,
  skips: {
    'many publishers': ['4b', '34'],
    'many consumers': ['13', '16b', '21b', '28b', '33b', '42', '48b'],
    // There is no broker and no connection to break; the spool's own tests damage and fill its disk.
    'fault crash': ['2b'],
    'fault stop': ['35', '36b', '39'],
    'fault cut': ['26', '38', '41'],
    'fault freeze': ['5', '9b', '40'],
    'fault unbind': ['6'],
    'fault lockOut': ['43'],
    'fault inject': ['27'],
    'fault fillDisk': ['44'],
  },
});
