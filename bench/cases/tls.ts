import { reportBench } from '../harness/bench-report.ts';
import { katydid, wrk } from '../harness/generators.ts';
import { katydidEngines } from '../harness/katydid-process.ts';
import { NginxServer } from '../harness/nginx-server.ts';
import { compareCosts } from './cost-table.ts';

/** 50 keep-alive users over TLS. */
export async function benchTls(): Promise<void> {
  const server = await NginxServer.start();
  try {
    const { rows } = await compareCosts(server, {
      name: 'TLS',
      url: server.tlsUrl,
      users: 50,
      generators: [
        wrk(),
        ...katydidEngines().map((engine) => katydid({ loadfile: 'hot-loop', engine })),
      ],
      rounds: 3,
      measuredMs: 2500,
      goal: 1.5,
    });
    reportBench('tls', rows);
  } finally {
    await server.close();
  }
}
