CREATE TABLE `profile` (
	`k` integer PRIMARY KEY NOT NULL,
	`facts` text NOT NULL
);
