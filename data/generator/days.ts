import { brennhaus } from './brennhaus.ts';
import { copperkettle } from './copperkettle.ts';
import { type Fault, type Feed, feedOf, type Product, spoil, type Vendor } from './feed.ts';
import { kurbelwerk } from './kurbelwerk.ts';
import { lumenhain } from './lumenhain.ts';
import { pinegate, pinegateOfDayTwo } from './pinegate.ts';
import { type Random, seeded } from './random.ts';
import { verdalia } from './verdalia.ts';

const vendors = [copperkettle, kurbelwerk, lumenhain, pinegate, verdalia];
const seedOf = (vendor: Vendor): number => 20_261 + vendors.indexOf(vendor);

/** Five vendors, all that they sell. */
export function dayOne(): Feed[] {
  return vendors.map((vendor) => {
    const random = seeded(seedOf(vendor));
    return feedOf(vendor, spoil(productsOfDayOne(vendor, random), vendor.plan, random));
  });
}

function productsOfDayOne(vendor: Vendor, random: Random): Product[] {
  return vendor.products(random, { count: vendor.count, first: 0 });
}

/**
 * What changed until the second day: three vendors send new prices and new articles, one of them sends nothing, the
 * software of one writes another header, and a sixth vendor begins.
 */
export function dayTwo(): Feed[] {
  return [
    brennhausFeed(),
    changedFeed(kurbelwerk, kurbelwerk),
    changedFeed(lumenhain, lumenhain),
    changedFeed(pinegate, pinegateOfDayTwo),
    changedFeed(verdalia, verdalia),
  ];
}

function brennhausFeed(): Feed {
  const random = seeded(20_271);
  const entries = spoil(productsOfDayOne(brennhaus, random), brennhaus.plan, random);
  return feedOf(brennhaus, entries);
}

function changedFeed(vendor: Vendor, writtenBy: Vendor): Feed {
  const former = productsOfDayOne(vendor, seeded(seedOf(vendor)));
  const random = seeded(seedOf(vendor) + 1000);
  const changed = former
    .filter((_, index) => index % 4 === 1)
    .map((product) => ({ ...product, priceCents: product.priceCents + 5 * random.between(1, 90) }));
  const added = vendor.products(random, { count: 6, first: vendor.count + 100 });
  return feedOf(writtenBy, spoil([...changed, ...added], plannedFor(vendor), random));
}

/** A feed that has no way to leave a price out gets words in its place. */
function plannedFor({ plan }: Vendor): Partial<Record<Fault, number>> {
  const price = plan.price_missing === undefined ? { price_text: 1 } : { price_missing: 1 };
  return { missing_key: 1, bad_gtin: 1, ...price };
}
