import { describe, expect, it } from 'vitest';
import { type TargetAnswer, TargetRoutes } from '../../../src/target/target-routes.ts';

const ask = (routes: TargetRoutes, path: string): TargetAnswer =>
  routes.answer({ path, body: new Uint8Array(), contentType: 'text/plain' });

describe('TargetRoutes', () => {
  it.each([
    ['/delay-job', { status: 200, delayMs: 100, body: '{"hello":"world"}' }],
    ['/hello', { status: 200, body: '{"hello":"world"}' }],
    ['/delay/250', { status: 200, delayMs: 250 }],
    ['/delay/600001', { status: 404 }],
    ['/delay/abc', { status: 404 }],
    ['/status/418', { status: 418, body: '{"status":418}' }],
    ['/status/204', { status: 204 }],
    ['/status/100', { status: 404 }],
    ['/status/600', { status: 404 }],
    ['/bytes/100000001', { status: 404 }],
    ['/redirect/2', { status: 302, headers: { location: '/redirect/1' } }],
    ['/redirect/0', { status: 200, body: '{"hello":"world"}' }],
    ['/redirect/1001', { status: 404 }],
    ['/fail/101', { status: 404 }],
    ['/drop', { status: 'drop' }],
    ['/nothing-here', { status: 404 }],
    ['*', { status: 404 }],
  ])('answers %s', (path, wanted) => {
    expect(ask(new TargetRoutes(), path)).toMatchObject(wanted);
  });

  it.each([
    [0, 0],
    [10, 20],
    [33.3, 66],
    [50, 100],
    [100, 200],
  ])('fails %d percent: %d of 200, never one more or less on the way', (percent, failures) => {
    const routes = new TargetRoutes();
    let failed = 0;

    for (let count = 1; count <= 200; count += 1) {
      if (ask(routes, `/fail/${percent}`).status === 503) failed += 1;
      expect(Math.abs(failed - (count * percent) / 100)).toBeLessThanOrEqual(1);
    }

    expect(failed).toBe(failures);
  });

  it('is slow every tenth time under /bimodal', () => {
    const routes = new TargetRoutes();

    const delays = Array.from({ length: 20 }, () => ask(routes, '/bimodal').delayMs);

    expect(delays.filter((delay) => delay === 10)).toHaveLength(18);
    expect([delays[9], delays[19]]).toStrictEqual([200, 200]);
  });

  it('gives as many bytes as asked for', () => {
    expect(ask(new TargetRoutes(), '/bytes/12345').body).toHaveLength(12_345);
  });

  it('lists every route under /', () => {
    const body = String(ask(new TargetRoutes(), '/').body);

    for (const pattern of ['/delay-job', '/fail/P', '/redirect/N', '/__truth', '/drop']) {
      expect(body).toContain(`\n${pattern} `);
    }
  });
});
