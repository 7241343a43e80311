/** A scope that the data holder offers and no statement of the sample's software product has. */
export const beyondTheStatement = 'abuse:beyond_the_statement';
