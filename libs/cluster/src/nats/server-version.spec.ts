import { describe, expect, it } from 'vitest';
import { unfitness } from './server-version.ts';

describe('a server', () => {
  it.each(['2.9.10', '2.10.0', '2.10.22', '2.10.23-RC.1', '1.4.1', 'unreadable'])(
    'of version %s is refused in a cluster, with the reason',
    (version) => {
      const reason = unfitness({ version, cluster: 'c', jetstream: true });
      expect(reason).toContain(version);
      expect(reason).toContain('two owners');
      expect(reason).not.toContain('\n');
    },
  );

  it.each(['2.10.23', '2.10.24', '2.11.0', '2.15.1', '3.0.0', 'v2.12.0', '2.11.0-RC.1'])(
    'of version %s is good for a cluster',
    (version) => {
      expect(unfitness({ version, cluster: 'c', jetstream: true })).toBeUndefined();
    },
  );

  it('on its own may be older: it has always compared and stored in one step', () => {
    expect(unfitness({ version: '2.9.10', jetstream: true })).toBeUndefined();
  });

  it('without JetStream is refused unless others of its cluster may have it', () => {
    expect(unfitness({ version: '2.12.0' })).toContain('--jetstream');
    expect(unfitness({ version: '2.12.0', cluster: 'c' })).toBeUndefined();
  });
});
