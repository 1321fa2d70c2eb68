import { isTest, roomOf, targetOf, whyForbidden } from './rooms.mjs';

/** Packages that only some folders may import. */
const CONFINED = [
  { packages: /^(typeorm|@nestjs\/typeorm)(\/|$)/, folders: ['apps/persistence/', 'test/', 'bench/peers/'] },
  { packages: /^rhea(\/|$)/, folders: ['libs/transports/src/activemq/', 'libs/testing/', 'test/', 'bench/'] },
  { packages: /^@nats-io\//, folders: ['libs/transports/src/nats/', 'libs/testing/', 'test/', 'bench/'] },
  { packages: /^amqplib(\/|$)/, folders: ['libs/transports/src/rabbitmq/', 'libs/testing/', 'test/', 'bench/'] },
  { packages: /^@platformatic\/kafka$/, folders: ['libs/transports/src/kafka/', 'libs/testing/', 'test/', 'bench/'] },
];

/** Imports against the direction of the rooms, past a room's index, or of a package that is confined elsewhere. */
export function findForbiddenImports({ sources }) {
  return sources.flatMap(({ path, imports }) =>
    imports.flatMap(({ specifier, line, typeOnly }) => {
      // The shape of what the kit takes is no dependency of the product's.
      if (typeOnly && specifier === '#testing') return [];
      const fix = fixFor(path, specifier);
      return fix === undefined ? [] : [{ where: `${path}:${line}`, rule: 'direction', fix: `"${specifier}": ${fix}` }];
    }),
  );
}

function fixFor(path, specifier) {
  const target = targetOf(path, specifier);
  if (target === undefined) return fixForPackage(path, specifier);
  if (target.endsWith('.fixture.ts') && !isTest(path))
    return 'a fixture is for specs; move out of it what the product needs';
  const [room, targetRoom] = [roomOf(path), roomOf(target)];
  const forbidden = whyForbidden(path, room, targetRoom);
  if (forbidden !== undefined) return forbidden;
  if (room !== targetRoom && specifier.startsWith('.'))
    return `import another room as #${targetRoom.split('/').at(-1)}`;
  if (room === targetRoom && specifier.startsWith('#') && !isTest(path))
    return 'import within a room by a relative path';
  const [transport, other] = [transportOf(path), transportOf(target)];
  if (transport === undefined || other === undefined || transport === other) return undefined;
  return 'transports never import each other; put what both need into a file of libs/transports/src';
}

function fixForPackage(path, specifier) {
  const rule = CONFINED.find(({ packages }) => packages.test(specifier));
  if (rule === undefined || rule.folders.some((folder) => path.startsWith(folder))) return undefined;
  return `this package stays in ${rule.folders[0]}; hide it behind what that folder exports`;
}

/** The folder of one transport; undefined for the files that all of them share. */
function transportOf(path) {
  return /^libs\/transports\/src\/([^/]+)\//.exec(path)?.[1];
}
