import type { FeedDraft } from '../../../src/metadata/feed-draft.ts';
import { columnsFrom, type DatamartScript, type FeedScript } from './feed-script.ts';
import { gtinSql, mappingOf } from './mapping-sql.ts';

/** Where the public feeds are, as the lake's tools name them. */
export interface PublicFolders {
  readonly adventureworks: string;
  readonly dummyjson: string;
}

const notUsed = [
  ['ProductCategory.csv', 'groups of subcategories; the policies know subcategories'],
  ['ProductListPriceHistory.csv', 'former prices'],
  ['ProductModel.csv', 'texts about families of products'],
  ['ProductVendor.csv', 'purchase terms'],
  ['UnitMeasure.csv', 'names of units'],
  ['Vendor.csv', 'addresses of suppliers'],
] as const;

/** Public product feeds that nobody wrote for this project: a table dump without headers, and a web shop's JSON. */
export function publicFeeds(folders: PublicFolders): DatamartScript {
  const looks = [
    [`${folders.adventureworks}/Product.csv`, adventureworks.draft],
    [`${folders.dummyjson}/products.json`, dummyjson.draft],
    [`${folders.adventureworks}/ProductSubcategory.csv`, subcategories],
  ] as const;
  return {
    discovery: [
      looks.map(([path, { options }]) => ['lake.inspect_file', { path, rows: 5, options: options as never }]),
    ],
    feeds: [adventureworks, dummyjson],
    references: [subcategories],
    skipped: notUsed.map(([name, reason]) => ({ path: `${folders.adventureworks}/${name}`, reason })),
  };
}

const tabbed = { format: 'csv', delimiter: '\t', quote: '', header: false } as const;
const audited = ['_ingestion_date', '_vendor_name'];

const subcategories: FeedDraft = {
  id: 'adventureworks_subcategory',
  role: 'reference',
  pattern: 'ProductSubcategory.csv',
  vendor_name: 'AdventureWorks',
  vendor_id: 'adventureworks',
  table: 'product_raw.adventureworks_subcategory',
  description: 'Names of the subcategories that products refer to by number.',
  options: tabbed,
  columns: columnsFrom(`
      subcategory_id! | VARCHAR | column1 | number of the subcategory
      category_id     | VARCHAR | column2 | number of the category above it
      name            | VARCHAR | column3 | name
      rowguid         | VARCHAR | column4 | row identifier
      modified_date   | VARCHAR | column5 | time of the last change`),
  ignored: [],
  natural_key: ['subcategory_id'],
  partitioned_by: audited,
  notes: ['No header; tabs between the cells.'],
};

const adventureworks: FeedScript = {
  draft: {
    id: 'adventureworks_product',
    role: 'product',
    pattern: 'Product.csv',
    vendor_name: 'AdventureWorks',
    vendor_id: 'adventureworks',
    table: 'product_raw.adventureworks_product',
    description: 'One article of the bicycle maker per line.',
    options: tabbed,
    columns: columnsFrom(`
        product_id          | VARCHAR | column1  | internal number
        name                | VARCHAR | column2  | product name
        product_number!     | VARCHAR | column3  | article number
        make_flag           | VARCHAR | column4  | 1: made in house
        finished_goods_flag | VARCHAR | column5  | 1: can be sold
        color               | VARCHAR | column6  | colour
        safety_stock_level  | INTEGER | column7  | pieces
        reorder_point       | INTEGER | column8  | pieces
        standard_cost       | VARCHAR | column9  | cost, no currency
        list_price          | VARCHAR | column10 | price, no currency
        size                | VARCHAR | column11 | size, a number or a letter
        size_unit           | VARCHAR | column12 | unit of the size
        weight_unit         | VARCHAR | column13 | unit of the weight, LB or G
        weight              | VARCHAR | column14 | weight
        days_to_manufacture | INTEGER | column15 | days
        product_line        | VARCHAR | column16 | code
        class               | VARCHAR | column17 | code
        style               | VARCHAR | column18 | code
        subcategory_id      | VARCHAR | column19 | number of the subcategory
        model_id            | VARCHAR | column20 | number of the model
        sell_start_date     | VARCHAR | column21 | time
        sell_end_date       | VARCHAR | column22 | time
        discontinued_date   | VARCHAR | column23 | time
        rowguid             | VARCHAR | column24 | row identifier
        modified_date       | VARCHAR | column25 | time of the last change`),
    ignored: [],
    natural_key: ['product_number'],
    partitioned_by: [...audited, 'subcategory_id'],
    notes: [
      'No header; tabs between the cells. No currency anywhere. Parts that are not sold have a price of 0.',
    ],
  },
  looks: [
    'SELECT product_number, name, list_price, weight, weight_unit, subcategory_id FROM product_raw.adventureworks_product ORDER BY _source_line LIMIT 5',
    'SELECT weight_unit, size_unit, count(*) AS n FROM product_raw.adventureworks_product GROUP BY ALL ORDER BY ALL',
    'SELECT s.name, count(*) AS n FROM product_raw.adventureworks_product AS p LEFT JOIN product_raw.adventureworks_subcategory AS s ON p.subcategory_id = s.subcategory_id GROUP BY ALL ORDER BY ALL',
  ],
  mapping: mappingOf({
    table: 'product_raw.adventureworks_product',
    vendorId: 'adventureworks',
    sku: 't.product_number',
    name: 't.name',
    rawPrice: 't.list_price',
    amount: ['TRY_CAST(t.list_price AS DECIMAL(14,2))', ['list_price'], 'values: decimal point'],
    currency: [
      '(SELECT currency FROM policy.currency_default_currency)',
      [],
      'currency: default_currency, the feed names none',
    ],
    term: ['s.name', ['subcategory_id'], 'categories: name of the subcategory'],
    vendorCategory: ['trim(s.name)', ['subcategory_id'], 'name of the subcategory'],
    weight: {
      value: 'TRY_CAST(t.weight AS DECIMAL(12,3))',
      unit: 'lower(trim(t.weight_unit))',
      from: ['weight', 'weight_unit'],
    },
    join: ' LEFT JOIN product_raw.adventureworks_subcategory AS s ON t.subcategory_id = s.subcategory_id',
    others: { color: ['trim(t.color)', ['color'], 'trimmed'] },
    notes: ['A price of 0 is no price to sell at: those rows are set aside.'],
  }),
};

const dummyjson: FeedScript = {
  draft: {
    id: 'dummyjson_products',
    role: 'product',
    pattern: 'products.json',
    vendor_name: 'DummyJSON',
    vendor_id: 'dummyjson',
    table: 'product_raw.dummyjson_products',
    description: 'One article of the web shop per member of the list.',
    options: { format: 'json' },
    columns: columnsFrom(`
        sku!          | VARCHAR       | sku                | article number
        title         | VARCHAR       | title              | product name
        description   | VARCHAR       | description        | description
        category      | VARCHAR       | category           | kind of product
        brand         | VARCHAR       | brand              | brand
        price         | VARCHAR       | price              | price, no currency
        discount_percentage | DOUBLE  | discountPercentage | percent
        stock         | INTEGER       | stock              | pieces
        weight        | DECIMAL(12,3) | weight             | weight, no unit
        width         | DECIMAL(12,3) | dimensions.width   | width, no unit
        height        | DECIMAL(12,3) | dimensions.height  | height, no unit
        depth         | DECIMAL(12,3) | dimensions.depth   | depth, no unit
        availability_status | VARCHAR | availabilityStatus | a word
        barcode       | VARCHAR       | meta.barcode       | EAN
        tags          | JSON          | tags               | list of words
        reviews       | JSON          | reviews            | list of reviews
        thumbnail     | VARCHAR       | thumbnail          | address of a picture`),
    ignored: [
      'id',
      'rating',
      'warrantyInformation',
      'shippingInformation',
      'returnPolicy',
      'minimumOrderQuantity',
      'meta.createdAt',
      'meta.updatedAt',
      'meta.qrCode',
      'images',
    ],
    natural_key: ['sku'],
    partitioned_by: [...audited, 'category'],
    notes: ['No currency and no units anywhere.'],
  },
  looks: [
    'SELECT sku, title, category, price, stock, availability_status, barcode FROM product_raw.dummyjson_products ORDER BY _source_line LIMIT 5',
    'SELECT availability_status, category, count(*) AS n FROM product_raw.dummyjson_products GROUP BY ALL ORDER BY ALL',
  ],
  mapping: mappingOf({
    table: 'product_raw.dummyjson_products',
    vendorId: 'dummyjson',
    sku: 't.sku',
    name: 't.title',
    rawPrice: 't.price',
    amount: ['TRY_CAST(t.price AS DECIMAL(14,2))', ['price'], 'values: decimal point'],
    currency: [
      '(SELECT currency FROM policy.currency_default_currency)',
      [],
      'currency: default_currency, the feed names none',
    ],
    term: ['t.category', ['category'], 'categories'],
    vendorCategory: ['trim(t.category)', ['category'], 'as written'],
    availability: { word: ['t.availability_status', ['availability_status'], 'availability: words'] },
    others: {
      gtin: [gtinSql('t.barcode'), ['barcode'], 'identity: right check digit or nothing'],
      brand: ['trim(t.brand)', ['brand'], 'trimmed'],
      description: ['trim(t.description)', ['description'], 'trimmed'],
      stock_quantity: ['t.stock', ['stock'], 'as it is'],
      image_url: ['t.thumbnail', ['thumbnail'], 'as it is'],
    },
    notes: ['Most barcodes have a wrong check digit.'],
    errors: ['Weights and lengths have no unit: they stay empty.'],
  }),
};
