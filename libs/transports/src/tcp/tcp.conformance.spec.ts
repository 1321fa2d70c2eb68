import { proveTransport } from '#testing';
import { create, cut } from './conformance-subject.js';

proveTransport({
  name: 'tcp',
  guarantees: {
    durability: 'disk',
    ordering: 'per-gateway',
    messageBytesMax: 4 * 1024 * 1024,
    publishers: 'many',
    consumers: 'many',
  },
  create,
  processModule: import.meta.resolve('./conformance-subject.js'),
  bounded: true,
  documented: true,
  faults: { cut },
  skips: {
    // The spool's own tests damage and fill its disk; there is no broker that could crash, stop, freeze or refuse anything.
    'fault crash': ['2b'],
    'fault stop': ['35', '36b', '39'],
    // A publish needs no peer, so none can hold it up; this folder's own spec freezes an owner of lanes.
    'fault freeze': ['5', '9b', '21b', '40'],
    'fault unbind': ['6'],
    'fault lockOut': ['43'],
    'fault inject': ['27'],
    'fault fillDisk': ['44'],
    'global ordering': ['16b'],
  },
});
