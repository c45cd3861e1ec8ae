-- t = 1790856000000000
-- event = 'Product Viewed'
-- p_price = 1000
-- p_category = 'watch'
-- p_category_2 = 'ring'
-- p_category_3 = 'a'
-- p_rating = 4.0
-- p_category_4 = 'w'
-- p_price_2 = 100
-- p_price_3 = 200
-- p_category_5 = 'Bag'
-- p_category_6 = 'shoe'
-- us_60d = 5184000000000
-- t_60d_ago = 1785672000000000
WITH `profile` AS (
  SELECT
    `profile_id`
  FROM `presence` AS `r`
  WHERE
    `first_at` <= :t
), `of_product_viewed` AS (
  SELECT
    `r`.`profile_id`,
    COUNT(*) AS `of_product_viewed_count`,
    MIN(`occurred_at`) AS `of_product_viewed_oldest`
  FROM `event` AS `r`
  WHERE
    `event` = :event
    AND `occurred_at` <= :t
    AND (
      (
        `p_price` >= :p_price AND `p_category` IN (:p_category, :p_category_2)
      )
      OR (
        CONTAINS(`p_category`, :p_category_3) AND `p_rating` > :p_rating
      )
      OR NOT COALESCE(STARTSWITH(`p_category`, :p_category_4), FALSE)
      OR `p_on_day` IS NULL
      OR (
        `p_price` >= :p_price_2 AND `p_price` <= :p_price_3
      )
      OR `p_category` IS DISTINCT FROM :p_category_2
      OR (
        `p_category` IS NULL OR NOT (
          `p_category` IN (:p_category_2, :p_category)
        )
      )
      OR CASE
        WHEN LOWER(`p_category`) = `p_category`
        THEN `p_category`
        ELSE TRANSLATE(`p_category`, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz')
      END IN (
        TRANSLATE(:p_category_5, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz'),
        TRANSLATE(:p_category_6, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz')
      )
    )
    AND `occurred_at` >= :t_60d_ago
  GROUP BY
    `r`.`profile_id`
), `known` AS (
  SELECT
    `p`.`profile_id`,
    COALESCE(`g1`.`of_product_viewed_count`, 0) AS `of_product_viewed_count`,
    `g1`.`of_product_viewed_oldest` AS `of_product_viewed_oldest`
  FROM `profile` AS `p`
  LEFT JOIN `of_product_viewed` AS `g1`
    ON `p`.`profile_id` = `g1`.`profile_id`
), `layer_1` AS (
  SELECT
    *,
    COALESCE((
      `of_product_viewed_oldest` + :us_60d
    ) + 1, 9223372036854775807) AS `filtered__until`
  FROM `known`
)
SELECT
  `profile_id`,
  `of_product_viewed_count` AS `filtered`,
  NULLIF(`filtered__until`, 9223372036854775807) AS `filtered__until`
FROM `layer_1`
