import type { SoftwareProduct } from './software-statement.ts';

export const softwareProductStatuses = ['ACTIVE', 'INACTIVE', 'REMOVED'] as const;
export const dataRecipientStatuses = ['ACTIVE', 'SUSPENDED', 'REVOKED', 'SURRENDERED'] as const;

export type SoftwareProductStatus = (typeof softwareProductStatuses)[number];
export type DataRecipientStatus = (typeof dataRecipientStatuses)[number];

export interface StatusChange {
  readonly softwareProduct?: SoftwareProductStatus;
  readonly dataRecipient?: DataRecipientStatus;
}

/** How the Register stands to one software product and to the accredited company behind it. Both begin ACTIVE. */
export interface StatusList {
  softwareProducts(): { softwareProductId: string; status: SoftwareProductStatus }[];
  dataRecipients(): { legalEntityId: string; status: DataRecipientStatus }[];
  /** A statement is issued only for an active product of an active recipient. */
  isActive(): boolean;
  set(change: StatusChange): void;
}

export function statusList(product: () => SoftwareProduct): StatusList {
  let softwareProduct: SoftwareProductStatus = 'ACTIVE';
  let dataRecipient: DataRecipientStatus = 'ACTIVE';
  return {
    softwareProducts: () => [{ softwareProductId: product().softwareId, status: softwareProduct }],
    dataRecipients: () => [{ legalEntityId: product().legalEntityId, status: dataRecipient }],
    isActive: () => softwareProduct === 'ACTIVE' && dataRecipient === 'ACTIVE',
    set(change) {
      softwareProduct = change.softwareProduct ?? softwareProduct;
      dataRecipient = change.dataRecipient ?? dataRecipient;
    },
  };
}
