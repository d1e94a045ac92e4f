export const FIRST_NAMES =
  "Ada Alan Amara Anika Bao Beatriz Carlos Chidi Clara Dara Edith Elif Emil Fatima Felix Freya Grace Hana Hugo Ines Ivan Jamal Jana Kenji Lars Leila Lin Lucia Magnus Maya Mila Nadia Noor Olga Omar Paolo Priya Quinn Rosa Samir Sofia Tomas Uma Vera Wei Yara Yusuf Zoe".split(
    " ",
  );
export const LAST_NAMES =
  "Abara Adler Almeida Bakker Bauer Castillo Chen Costa Dahl Diaz Eriksen Fischer Fontaine Garcia Haddad Hansen Ibrahim Ito Jansen Kaya Keller Kim Kowalski Larsen Lehmann Lopez Moreau Nakamura Novak Okafor Olsen Park Patel Petrov Quist Ramos Rossi Santos Schmidt Silva Singh Tanaka Torres Ueda Vargas Weber Wong Yilmaz Zhang Ziegler".split(
    " ",
  );

/** City, country, postal code pattern (# is a digit), longitude, latitude. */
export const CITIES: ReadonlyArray<readonly [string, string, string, number, number]> = [
  ["Berlin", "DE", "10###", 13.405, 52.52],
  ["Hamburg", "DE", "20###", 9.993, 53.551],
  ["Munich", "DE", "80###", 11.576, 48.137],
  ["Paris", "FR", "750##", 2.352, 48.857],
  ["Lyon", "FR", "690##", 4.836, 45.764],
  ["Madrid", "ES", "280##", -3.704, 40.417],
  ["Lisbon", "PT", "1###-###", -9.139, 38.722],
  ["Rome", "IT", "001##", 12.496, 41.903],
  ["Vienna", "AT", "1##0", 16.373, 48.208],
  ["Zurich", "CH", "80##", 8.541, 47.377],
  ["Amsterdam", "NL", "10##", 4.904, 52.367],
  ["Copenhagen", "DK", "2###", 12.568, 55.676],
  ["Oslo", "NO", "0###", 10.752, 59.914],
  ["Stockholm", "SE", "11# ##", 18.069, 59.329],
  ["Warsaw", "PL", "00-###", 21.012, 52.23],
  ["Dublin", "IE", "D0#", -6.26, 53.35],
];

export const STREETS = "Mill Lane|Station Road|Fern Street|Harbour Way|Linden Avenue|Market Square|Orchard Close".split(
  "|",
);

export const MATERIALS = "Oak Linen Wool Steel Ceramic Cotton Walnut Glass Copper Cork Bamboo Leather".split(" ");
export const THINGS =
  "Lamp|Chair|Blanket|Teapot|Desk|Shelf|Bowl|Cushion|Clock|Mirror|Basket|Vase|Tray|Stool|Kettle|Rug|Notebook|Apron".split(
    "|",
  );
export const CATEGORIES = ["living", "kitchen", "office", "garden", "bath", "gifts"] as const;
export const CARRIERS = ["DHL", "PostNord", "UPS", "Colissimo"] as const;
export const REVIEW_WORDS =
  "sturdy beautiful smaller than expected arrived early well packed a gift for my sister would buy again colour differs from the picture good value scratched corner but replaced within two days".split(
    " ",
  );
