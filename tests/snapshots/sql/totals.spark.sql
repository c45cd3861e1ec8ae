SELECT
  CASE
    WHEN COALESCE(SUM(`orders`), 0) BETWEEN (
      (
        -9223372036854775807
      ) - 1
    ) AND 9223372036854775807
    THEN CAST(COALESCE(SUM(`orders`), 0) AS BIGINT)
  END AS `total_1`,
  CASE
    WHEN COALESCE(SUM(`net_revenue`) FILTER(WHERE
      `holds 1`), 0) BETWEEN (
      (
        -9223372036854775807
      ) - 1
    ) AND 9223372036854775807
    THEN CAST(COALESCE(SUM(`net_revenue`) FILTER(WHERE
      `holds 1`), 0) AS BIGINT)
  END AS `total_2`
FROM `at_midnight`
