import { Parser } from '@asyncapi/parser';
import { until } from '#testing';
import { startSluice, type RunningSluice } from '../product/sluice.js';

interface OpenApi {
  openapi: string;
  paths: Record<string, Record<string, { requestBody?: { content: Record<string, { schema: Schema }> } }>>;
  components: { schemas: Record<string, Schema> };
}
interface Schema {
  $ref?: string;
  example?: unknown;
  items?: Schema;
}
interface Operation {
  status: string;
  links: { self: string };
}

describe('the documents', () => {
  let sluice: RunningSluice;

  beforeAll(async () => {
    sluice = await startSluice();
  });
  afterAll(() => sluice.close());

  const get = async <Body>(path: string) => (await (await fetch(sluice.url + path)).json()) as Body;

  /** What the page at /docs sends when the route is tried as it stands. */
  async function press(path: string): Promise<Operation> {
    const document = await pageDocument();
    const schema = document.paths[path]?.['post']?.requestBody?.content['application/json']?.schema ?? {};
    const named = document.components.schemas[schema.$ref?.split('/').at(-1) ?? ''];
    const response = await fetch(sluice.url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(named?.example),
    });
    expect(response.status).toBe(202);
    return (await response.json()) as Operation;
  }

  async function pageDocument(): Promise<OpenApi> {
    const script = await (await fetch(`${sluice.url}/docs/swagger-ui-init.js`)).text();
    const options = /let options = (\{[\s\S]*?\n\});/.exec(script)?.[1] ?? '{}';
    return (JSON.parse(options) as { swaggerDoc: OpenApi }).swaggerDoc;
  }

  async function settled({ links }: Operation): Promise<string> {
    await until(async () => (await get<Operation>(links.self)).status !== 'accepted', 'the ledger has its line');
    return (await get<Operation>(links.self)).status;
  }

  it('are served: the page, OpenAPI 3.1 and a valid AsyncAPI 3', async () => {
    const page = await fetch(`${sluice.url}/docs`);
    expect([page.status, page.headers.get('content-type')]).toEqual([200, expect.stringMatching('text/html')]);
    expect(await get<OpenApi>('/openapi.json')).toMatchObject({ openapi: '3.1.0' });
    const { document, diagnostics } = await new Parser().parse(
      await (await fetch(`${sluice.url}/asyncapi.json`)).text(),
    );
    expect(document?.version()).toMatch(/^3\./);
    expect(diagnostics.filter(({ severity }) => severity <= 1)).toEqual([]);
  });

  it('have an order that is applied when pressed, and applied again as a new one after the page is loaded anew', async () => {
    expect(await settled(await press('/orders'))).toBe('applied');
    expect(await settled(await press('/orders'))).toBe('applied');
  });

  it('have a reading that is applied when pressed', async () => {
    expect(await settled(await press('/readings'))).toBe('applied');
  });

  it('run in the browser without a script or a style from elsewhere', async () => {
    const policy = (await fetch(`${sluice.url}/docs`)).headers.get('content-security-policy');
    expect(policy).toContain("default-src 'self'");
    expect(policy).not.toMatch(/https:|unsafe-eval|script-src[^;]*unsafe-inline/);
  });
});
