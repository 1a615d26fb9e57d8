import { columnsFrom, type FeedScript } from './feed-script.ts';
import { gtinSql, mappingOf } from './mapping-sql.ts';

/** By what every bronze table is partitioned. */
const audited = ['_ingestion_date', '_vendor_name'];

export const copperkettle: FeedScript = {
  draft: {
    id: 'copperkettle_catalog',
    role: 'product',
    pattern: 'copperkettle_catalog*.json',
    vendor_name: 'Copperkettle Kitchen Supply',
    vendor_id: 'copperkettle',
    table: 'product_raw.copperkettle_catalog',
    description: 'One article of the web shop per member of items.',
    options: { format: 'json', record_path: '/items' },
    columns: columnsFrom(`
      sku!             | VARCHAR       | sku                     | the vendor's article number
      ean              | VARCHAR       | barcodes.ean            | EAN
      title            | VARCHAR       | title                   | product name
      text             | VARCHAR       | text                    | description
      taxonomy         | JSON          | taxonomy                | list of terms, the most special one first
      price_amount     | VARCHAR       | price.amount            | price in pence (prices.unit is minor, prices.currency is GBP)
      price_vat_included | BOOLEAN     | price.vat_included      | whether VAT is in the price
      colour           | VARCHAR       | attributes.colour       | colour
      material         | VARCHAR       | attributes.material     | material
      weight_value     | DECIMAL(12,3) | packaging.weight.value  | weight, in weight_unit
      weight_unit      | VARCHAR       | packaging.weight.unit   | g or kg
      size_h           | DECIMAL(12,3) | packaging.size.h        | height, in size_unit
      size_w           | DECIMAL(12,3) | packaging.size.w        | width, in size_unit
      size_d           | DECIMAL(12,3) | packaging.size.d        | depth, in size_unit
      size_unit        | VARCHAR       | packaging.size.unit     | mm or cm
      stock_quantity   | INTEGER       | stock.quantity          | pieces
      stock_status     | VARCHAR       | stock.status            | AVAILABLE or SOLD_OUT
      image_url        | VARCHAR       | images.0.url            | address of the main picture`),
    ignored: [],
    natural_key: ['sku'],
    partitioned_by: audited,
    notes: [
      'Prices are in pence: the document says currency GBP and unit minor beside the list of items.',
      'Weights come in g and kg, sizes in mm and cm; the unit stands beside the value.',
      'Some article numbers come twice.',
    ],
  },
  looks: [
    'SELECT sku, title, price_amount, weight_value, weight_unit, size_h, size_unit, stock_status, taxonomy FROM product_raw.copperkettle_catalog ORDER BY _source_line LIMIT 5',
    "SELECT DISTINCT price_amount FROM product_raw.copperkettle_catalog WHERE NOT regexp_matches(coalesce(price_amount, ''), '^[0-9]+$')",
    "SELECT json_extract_string(taxonomy, '$[0]') AS term, weight_unit, size_unit, stock_status, count(*) AS n FROM product_raw.copperkettle_catalog GROUP BY ALL ORDER BY ALL",
  ],
  mapping: mappingOf({
    table: 'product_raw.copperkettle_catalog',
    vendorId: 'copperkettle',
    sku: 't.sku',
    name: 't.title',
    rawPrice: 't.price_amount',
    amount: [
      'TRY_CAST(t.price_amount AS DECIMAL(14,2))',
      ['price_amount'],
      'currency: pence divided by minor_units_per_major',
    ],
    inMinorUnits: true,
    currency: ["'GBP'", [], 'currency: from the document, prices.currency'],
    term: ["json_extract_string(t.taxonomy, '$[0]')", ['taxonomy'], 'categories: first term of the list'],
    vendorCategory: ["json_extract_string(t.taxonomy, '$[0]')", ['taxonomy'], 'first term, as written'],
    availability: { word: ['t.stock_status', ['stock_status'], 'availability: words'] },
    weight: { value: 't.weight_value', unit: 't.weight_unit', from: ['weight_value', 'weight_unit'] },
    lengths: {
      height: 't.size_h',
      width: 't.size_w',
      depth: 't.size_d',
      unit: 't.size_unit',
      from: ['size_h', 'size_w', 'size_d', 'size_unit'],
    },
    others: {
      gtin: [gtinSql('t.ean'), ['ean'], 'identity: right check digit or nothing'],
      description: ['trim(t.text)', ['text'], 'trimmed'],
      color: ['trim(t.colour)', ['colour'], 'trimmed'],
      material: ['trim(t.material)', ['material'], 'trimmed'],
      stock_quantity: ['t.stock_quantity', ['stock_quantity'], 'as it is'],
      image_url: ['t.image_url', ['image_url'], 'as it is'],
    },
    notes: ['POA in the price column is text: those rows are set aside.'],
  }),
};

export const kurbelwerk: FeedScript = {
  draft: {
    id: 'kurbelwerk_export',
    role: 'product',
    pattern: 'kurbelwerk_export*.ndjson',
    vendor_name: 'Kurbelwerk',
    vendor_id: 'kurbelwerk',
    table: 'product_raw.kurbelwerk_export',
    description: 'One article per line.',
    options: { format: 'ndjson', null_values: ['n/v'] },
    columns: columnsFrom(`
      art_nr!     | VARCHAR       | art_nr      | the vendor's article number
      gtin        | VARCHAR       | gtin        | GTIN
      bezeichnung | VARCHAR       | bezeichnung | product name
      text        | VARCHAR       | text        | description
      gruppe      | VARCHAR       | gruppe      | kind of product
      farbe       | VARCHAR       | farbe       | colour
      material    | VARCHAR       | material    | material
      preis       | VARCHAR       | preis       | price in waehrung, a number or a text; -1 occurs
      waehrung    | VARCHAR       | waehrung    | currency of the price
      gewicht_g   | DECIMAL(12,3) | gewicht_g   | weight in g
      masse_mm    | VARCHAR       | masse_mm    | three lengths in mm; their order is not said
      bestand     | INTEGER       | bestand     | pieces
      geaendert   | DATE          | geaendert   | day of the last change`),
    ignored: [],
    natural_key: ['art_nr'],
    partitioned_by: audited,
    notes: [
      'The file does not name its vendor: the name is from the path.',
      'Some lines break off in the middle. n/v stands for nothing.',
      'A price of -1 occurs; some article numbers come twice.',
    ],
  },
  looks: [
    'SELECT art_nr, bezeichnung, gruppe, preis, waehrung, gewicht_g, masse_mm, bestand FROM product_raw.kurbelwerk_export ORDER BY _source_line LIMIT 5',
    "SELECT DISTINCT preis FROM product_raw.kurbelwerk_export WHERE NOT regexp_matches(coalesce(preis, ''), '^[0-9]+([.][0-9]+)?$')",
    'SELECT gruppe, waehrung, count(*) AS n FROM product_raw.kurbelwerk_export GROUP BY ALL ORDER BY ALL',
  ],
  mapping: mappingOf({
    table: 'product_raw.kurbelwerk_export',
    vendorId: 'kurbelwerk',
    sku: 't.art_nr',
    name: 't.bezeichnung',
    rawPrice: 't.preis',
    amount: ['TRY_CAST(t.preis AS DECIMAL(14,2))', ['preis'], 'values: decimal point'],
    currency: ['t.waehrung', ['waehrung'], 'currency: from the feed'],
    term: ['t.gruppe', ['gruppe'], 'categories'],
    vendorCategory: ['trim(t.gruppe)', ['gruppe'], 'as written'],
    availability: { stock: ['t.bestand', ['bestand'], 'availability: from the stock'] },
    weight: { value: 't.gewicht_g', unit: "'g'", from: ['gewicht_g'] },
    others: {
      gtin: [gtinSql('t.gtin'), ['gtin'], 'identity: right check digit or nothing'],
      description: ['trim(t.text)', ['text'], 'trimmed'],
      color: ['trim(t.farbe)', ['farbe'], 'trimmed'],
      material: ['trim(t.material)', ['material'], 'trimmed'],
      stock_quantity: ['t.bestand', ['bestand'], 'as it is'],
    },
    notes: ['A price of -1 is an amount below 0: those rows are set aside.'],
    errors: [
      'masse_mm holds three lengths and the feed does not say which is the height: height, width and depth stay empty.',
    ],
  }),
};

export const lumenhain: FeedScript = {
  draft: {
    id: 'lumenhain_preisliste',
    role: 'product',
    pattern: 'lumenhain_preisliste*.csv',
    vendor_name: 'Lumenhain',
    vendor_id: 'lumenhain',
    table: 'product_raw.lumenhain_preisliste',
    description: 'One article of the price list per line.',
    options: {
      format: 'csv',
      delimiter: ';',
      quote: '',
      encoding: 'windows-1252',
      header: true,
      decimal_separator: ',',
    },
    columns: columnsFrom(`
      artikelnummer! | VARCHAR       | Artikelnummer | the vendor's article number
      ean            | VARCHAR       | EAN           | EAN
      bezeichnung    | VARCHAR       | Bezeichnung   | product name
      beschreibung   | VARCHAR       | Beschreibung  | description
      warengruppe    | VARCHAR       | Warengruppe   | kind of product
      farbe          | VARCHAR       | Farbe         | colour
      werkstoff      | VARCHAR       | Werkstoff     | material
      preis_eur      | VARCHAR       | Preis_EUR     | price in EUR, decimal comma, point for thousands
      gewicht_kg     | DECIMAL(12,3) | Gewicht_kg    | weight in kg
      hoehe_cm       | DECIMAL(12,3) | H\u00f6he_cm       | height in cm
      breite_cm      | DECIMAL(12,3) | Breite_cm     | width in cm
      tiefe_cm       | DECIMAL(12,3) | Tiefe_cm      | depth in cm
      bestand        | INTEGER       | Bestand       | pieces
      ursprungsland  | VARCHAR       | Ursprungsland | country where it was made`),
    ignored: [],
    natural_key: ['artikelnummer'],
    partitioned_by: audited,
    notes: [
      'The file does not name its vendor: the name is from the path.',
      'Not UTF-8: Western European, one byte a character. Numbers have a decimal comma.',
      'Some prices are words. Some lines have too few or too many cells; nothing is quoted.',
      'Some article numbers come twice.',
    ],
  },
  looks: [
    'SELECT artikelnummer, bezeichnung, warengruppe, preis_eur, gewicht_kg, hoehe_cm, bestand FROM product_raw.lumenhain_preisliste ORDER BY _source_line LIMIT 5',
    "SELECT DISTINCT preis_eur FROM product_raw.lumenhain_preisliste WHERE NOT regexp_matches(coalesce(preis_eur, ''), '^[0-9.]+,[0-9]{2}$')",
    'SELECT warengruppe, ursprungsland, count(*) AS n FROM product_raw.lumenhain_preisliste GROUP BY ALL ORDER BY ALL',
  ],
  mapping: mappingOf({
    table: 'product_raw.lumenhain_preisliste',
    vendorId: 'lumenhain',
    sku: 't.artikelnummer',
    name: 't.bezeichnung',
    rawPrice: 't.preis_eur',
    amount: [
      "TRY_CAST(replace(replace(t.preis_eur, '.', ''), ',', '.') AS DECIMAL(14,2))",
      ['preis_eur'],
      'values: decimal comma',
    ],
    currency: ["'EUR'", [], 'currency: from the name of the column preis_eur'],
    term: ['t.warengruppe', ['warengruppe'], 'categories'],
    vendorCategory: ['trim(t.warengruppe)', ['warengruppe'], 'as written'],
    availability: { stock: ['t.bestand', ['bestand'], 'availability: from the stock'] },
    weight: { value: 't.gewicht_kg', unit: "'kg'", from: ['gewicht_kg'] },
    lengths: {
      height: 't.hoehe_cm',
      width: 't.breite_cm',
      depth: 't.tiefe_cm',
      unit: "'cm'",
      from: ['hoehe_cm', 'breite_cm', 'tiefe_cm'],
    },
    others: {
      gtin: [gtinSql('t.ean'), ['ean'], 'identity: right check digit or nothing'],
      description: ['trim(t.beschreibung)', ['beschreibung'], 'trimmed'],
      color: ['trim(t.farbe)', ['farbe'], 'trimmed'],
      material: ['trim(t.werkstoff)', ['werkstoff'], 'trimmed'],
      country_of_origin: ['trim(t.ursprungsland)', ['ursprungsland'], 'as written, two capital letters'],
      stock_quantity: ['t.bestand', ['bestand'], 'as it is'],
    },
    notes: ['Words in the price column make a row unreadable: those rows are set aside.'],
  }),
};

export const pinegate: FeedScript = {
  draft: {
    id: 'pinegate_products',
    role: 'product',
    pattern: 'pinegate_products*.csv',
    vendor_name: 'Pinegate Outfitters',
    vendor_id: 'pinegate',
    table: 'product_raw.pinegate_products',
    description: 'One article of the dealer export per line.',
    options: {
      format: 'csv',
      delimiter: ',',
      quote: '"',
      encoding: 'utf-8',
      header: true,
      skip_lines: 3,
      null_values: ['N/A'],
    },
    columns: columnsFrom(`
      item_no!     | VARCHAR       | Item #       | the vendor's article number
      upc_ean      | VARCHAR       | UPC/EAN      | EAN or UPC; some were mangled by a spreadsheet
      product_name | VARCHAR       | Product Name | product name
      details      | VARCHAR       | Details      | description
      department   | VARCHAR       | Department   | kind of product
      color        | VARCHAR       | Color        | colour
      material     | VARCHAR       | Material     | material
      dealer_price | VARCHAR       | Dealer Price | price in USD (preamble), with a sign and commas for thousands
      ship_weight  | VARCHAR       | Ship Weight  | weight with its unit, oz or lb
      h_in         | DECIMAL(12,3) | H (in)       | height in inches
      w_in         | DECIMAL(12,3) | W (in)       | width in inches
      d_in         | DECIMAL(12,3) | D (in)       | depth in inches
      qty_on_hand  | INTEGER       | Qty On Hand  | pieces
      made_in      | VARCHAR       | Made In      | country where it was made
      last_change  | VARCHAR       | Last Change  | day of the last change, month first`),
    ignored: [],
    natural_key: ['item_no'],
    partitioned_by: audited,
    notes: [
      'Three lines of preamble above the header name the vendor, the currency (USD) and inches for sizes.',
      'N/A stands for nothing. The last line, END OF LIST, is no product.',
      'Weights are in oz or lb, the unit stands behind the number. Some article numbers come twice.',
    ],
  },
  looks: [
    'SELECT item_no, product_name, department, dealer_price, ship_weight, h_in, qty_on_hand, made_in FROM product_raw.pinegate_products ORDER BY _source_line LIMIT 5',
    "SELECT DISTINCT dealer_price FROM product_raw.pinegate_products WHERE NOT regexp_matches(coalesce(dealer_price, ''), '^[$][0-9,]+[.][0-9]{2}$')",
    "SELECT department, made_in, split_part(ship_weight, ' ', 2) AS unit, count(*) AS n FROM product_raw.pinegate_products GROUP BY ALL ORDER BY ALL",
  ],
  mapping: mappingOf({
    table: 'product_raw.pinegate_products',
    vendorId: 'pinegate',
    sku: 't.item_no',
    name: 't.product_name',
    rawPrice: 't.dealer_price',
    amount: [
      "TRY_CAST(replace(replace(t.dealer_price, '$', ''), ',', '') AS DECIMAL(14,2))",
      ['dealer_price'],
      'values: decimal point, sign removed',
    ],
    currency: ["'USD'", [], 'currency: from the preamble of the feed'],
    term: ['t.department', ['department'], 'categories'],
    vendorCategory: ['trim(t.department)', ['department'], 'as written'],
    availability: { stock: ['t.qty_on_hand', ['qty_on_hand'], 'availability: from the stock'] },
    weight: {
      value: "TRY_CAST(split_part(t.ship_weight, ' ', 1) AS DECIMAL(12,3))",
      unit: "split_part(t.ship_weight, ' ', 2)",
      from: ['ship_weight'],
    },
    lengths: {
      height: 't.h_in',
      width: 't.w_in',
      depth: 't.d_in',
      unit: "'in'",
      from: ['h_in', 'w_in', 'd_in'],
    },
    others: {
      gtin: [gtinSql('t.upc_ean'), ['upc_ean'], 'identity: right check digit or nothing'],
      description: ['trim(t.details)', ['details'], 'trimmed'],
      color: ['trim(t.color)', ['color'], 'trimmed'],
      material: ['trim(t.material)', ['material'], 'trimmed'],
      country_of_origin: ['trim(t.made_in)', ['made_in'], 'as written, two capital letters'],
      stock_quantity: ['t.qty_on_hand', ['qty_on_hand'], 'as it is'],
    },
    notes: [
      '"call for price" cannot be read: those rows are set aside. GTINs in scientific notation have lost digits and are dropped.',
    ],
  }),
};

export const verdalia: FeedScript = {
  draft: {
    id: 'verdalia_merchant',
    role: 'product',
    pattern: 'verdalia_merchant*.xml',
    vendor_name: 'Verdalia Jard\u00edn',
    vendor_id: 'verdalia',
    table: 'product_raw.verdalia_merchant',
    description: 'One offer of the shopping feed per item element.',
    options: { format: 'xml', record_element: 'item' },
    columns: columnsFrom(`
      g_id!             | VARCHAR | g:id              | the vendor's article number
      g_title           | VARCHAR | g:title           | product name
      g_description     | VARCHAR | g:description     | description
      g_product_type    | VARCHAR | g:product_type    | kind of product
      g_gtin            | VARCHAR | g:gtin            | GTIN
      g_mpn             | VARCHAR | g:mpn             | maker's number
      g_price           | VARCHAR | g:price           | amount, a blank, currency; comma for thousands
      g_availability    | VARCHAR | g:availability    | a word, in more than one spelling
      g_shipping_weight | VARCHAR | g:shipping_weight | weight with its unit, g or kg
      g_color           | VARCHAR | g:color           | colour
      g_material        | VARCHAR | g:material        | material
      g_link            | VARCHAR | g:link            | address of the product's page`),
    ignored: [],
    natural_key: ['g_id'],
    partitioned_by: audited,
    notes: [
      'The channel title names the vendor.',
      'Amount and currency are one text. Weights are in g or kg.',
      'One description is written as an order to its reader; it is kept as text.',
    ],
  },
  looks: [
    'SELECT g_id, g_title, g_product_type, g_price, g_availability, g_shipping_weight FROM product_raw.verdalia_merchant ORDER BY _source_line LIMIT 5',
    "SELECT DISTINCT g_price FROM product_raw.verdalia_merchant WHERE NOT regexp_matches(coalesce(g_price, ''), '^[0-9,]+[.][0-9]{2} [A-Z]{3}$')",
    "SELECT g_product_type, g_availability, split_part(g_shipping_weight, ' ', 2) AS unit, count(*) AS n FROM product_raw.verdalia_merchant GROUP BY ALL ORDER BY ALL",
  ],
  mapping: mappingOf({
    table: 'product_raw.verdalia_merchant',
    vendorId: 'verdalia',
    sku: 't.g_id',
    name: 't.g_title',
    rawPrice: 't.g_price',
    amount: [
      "TRY_CAST(replace(regexp_extract(t.g_price, '^([0-9,]+[.][0-9]{2}) [A-Z]{3}$', 1), ',', '') AS DECIMAL(14,2))",
      ['g_price'],
      'values: decimal point',
    ],
    currency: [
      "nullif(regexp_extract(t.g_price, ' ([A-Z]{3})$', 1), '')",
      ['g_price'],
      'currency: from the price itself',
    ],
    term: ['t.g_product_type', ['g_product_type'], 'categories'],
    vendorCategory: ['trim(t.g_product_type)', ['g_product_type'], 'as written'],
    availability: { word: ['t.g_availability', ['g_availability'], 'availability: words'] },
    weight: {
      value: "TRY_CAST(split_part(t.g_shipping_weight, ' ', 1) AS DECIMAL(12,3))",
      unit: "split_part(t.g_shipping_weight, ' ', 2)",
      from: ['g_shipping_weight'],
    },
    others: {
      gtin: [gtinSql('t.g_gtin'), ['g_gtin'], 'identity: right check digit or nothing'],
      mpn: ['trim(t.g_mpn)', ['g_mpn'], 'trimmed'],
      description: ['trim(t.g_description)', ['g_description'], 'trimmed'],
      color: ['trim(t.g_color)', ['g_color'], 'trimmed'],
      material: ['trim(t.g_material)', ['g_material'], 'trimmed'],
      product_url: ['t.g_link', ['g_link'], 'as it is'],
    },
    notes: ['"consultar" cannot be read as a price: that row is set aside.'],
  }),
};
