import type { ListedRegistration, RegistrationStore } from './registration-store.ts';

const pageSize = 500;

/** All registrations, also those being removed, page by page. One that is made or removed meanwhile may be missed. */
export async function* everyRegistration({
  list,
}: Pick<RegistrationStore, 'list'>): AsyncGenerator<readonly ListedRegistration[]> {
  for (let after: string | undefined; ; ) {
    const page = await list({ limit: pageSize, ...(after !== undefined && { after }) });
    yield page;
    if (page.length < pageSize) return;
    after = page.at(-1)?.clientId;
  }
}
