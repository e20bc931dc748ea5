import { ApiProperty, type ApiPropertyOptions } from '@nestjs/swagger';
import { getMetadataStorage } from 'class-validator';

type Rule = ReturnType<ReturnType<typeof getMetadataStorage>['getTargetValidationMetadatas']>[number];
type Bounds = readonly unknown[];

/** What JSON Schema has a word for, by the names of class-validator's rules. */
const IN_SCHEMA = new Map<string, (bounds: Bounds) => object>([
  ['isIn', ([values]) => ({ enum: values })],
  ['isInt', () => ({ type: 'integer' })],
  ['min', ([minimum]) => ({ minimum })],
  ['max', ([maximum]) => ({ maximum })],
  ['isLength', ([minLength, maxLength]) => ({ minLength, maxLength })],
  ['maxLength', ([maxLength]) => ({ maxLength })],
  ['arrayMinSize', ([minItems]) => ({ minItems })],
  ['arrayMaxSize', ([maxItems]) => ({ maxItems })],
  ['arrayUnique', () => ({ uniqueItems: true })],
]);

/** Has the description of the API say what fields are held to, so that no class has to say it twice. */
export const describeRules = () => {
  for (const rules of rulesByClass().values())
    for (const { target, propertyName, each, name = '', constraints = [] } of rules) {
      const schema = each ? undefined : IN_SCHEMA.get(name)?.(constraints as Bounds);
      if (schema && typeof target === 'function')
        ApiProperty(schema as ApiPropertyOptions)(target.prototype as object, propertyName);
    }
};

/** Of every class there is: class-validator itself only tells of one that one has. */
const rulesByClass = () =>
  (getMetadataStorage() as unknown as { validationMetadatas: ReadonlyMap<unknown, readonly Rule[]> })
    .validationMetadatas;
