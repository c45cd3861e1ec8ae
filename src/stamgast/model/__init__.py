"""What a shop's log is made of: identifiers, money, orders, events. No I/O."""
