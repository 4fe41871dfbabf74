-- A trend takes the months of the grids in sight: by the key alone (month, grid, what) every grid is sought in every month.
-- then, apart
create index concurrently if not exists tally_grid on patrol.tally (grid_code, month);
