#!/usr/bin/env node
import { VERSION } from '../base/version.ts';

process.stdout.write(`${VERSION}\n`);
